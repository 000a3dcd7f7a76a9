import type { ReactNode } from "react"

/** A name and what it stands for; without a value the line is left out. */
export type Fact = readonly [name: string, value: ReactNode]

/** What is known of one thing, line by line. */
export const Facts = ({ facts }: { readonly facts: ReadonlyArray<Fact> }) => (
  <dl className="facts">
    {facts
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
  </dl>
)
