import { useWords } from "@millrace/page-parts"

const toneOf = (distance: number): string => {
  if (distance <= 0.005) return "bad"
  return distance <= 0.03 ? "warning" : "good"
}

/** How far the price has to move until a rule acts, as a share of it. */
export const Distance = ({ distance }: { readonly distance: number | undefined }) => {
  const { say, format } = useWords()
  if (distance === undefined) return <span>–</span>
  return (
    <span className={`number ${toneOf(distance)}`}>
      {distance <= 0 ? say("trigger.reached") : format.percent(distance, 2)}
    </span>
  )
}
