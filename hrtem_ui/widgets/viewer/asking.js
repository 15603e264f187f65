/* Lets a viewer ask the server for pixels, or for one of many things; the answer is another layer, and
   nothing else is drawn anew. */

export default function ({ data, setTriggerValue }) {
  (window.hrtemAsking ??= new Map()).set(data.key, (wanted = data.key) => setTriggerValue("wanted", wanted));
}
