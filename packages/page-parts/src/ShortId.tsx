/** The beginning of an id that no person reads whole; pointing at it shows all of it. */
export const ShortId = ({ id }: { readonly id: string }) => (
  <span title={id} className="id">
    {id.length > 13 ? `${id.slice(0, 8)}…` : id}
  </span>
)
