/**
 * The row that a write returns. Not `.get()`: the driver stops at the first row then, the statement never ends, and
 * SQLite does not get to fold its journal into the database, which grows without bound.
 */
export const firstOf = <Row>(query: { all: () => Row[] }): Row | undefined => query.all()[0]

export const onlyRow = <Row>(query: { all: () => Row[] }): Row => {
  const row = firstOf(query)
  if (row === undefined) throw new Error('the write returned no row')
  return row
}
