/** An iterable as the stream that the libraries want: read only when somebody reads, left when nobody does. */

export const streamOf = <T>(source: AsyncIterable<T>): ReadableStream<T> => {
  const items = source[Symbol.asyncIterator]()
  return new ReadableStream<T>(
    {
      pull: async (controller) => {
        const { done, value } = await items.next()
        if (done === true) controller.close()
        else controller.enqueue(value)
      },
      cancel: async () => {
        await items.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}
