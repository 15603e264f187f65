/* Lets a viewer ask the server for pixels, or for one of many things; the answer is another layer, and
   nothing else is drawn anew. */

export default function ({ data, setTriggerValue }) {
  const ask = (wanted = data.key) => setTriggerValue("wanted", wanted);
  const all = (window.hrtemAsking ??= new Map()).set(data.key, ask);
  return () => all.get(data.key) === ask && all.delete(data.key); // who is gone is asked for nothing
}
