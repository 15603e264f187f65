/* Lets a viewer ask the server for pixels; the answer is another layer, and nothing else is drawn anew. */

export default function ({ data, setTriggerValue }) {
  (window.hrtemAsking ??= new Map()).set(data.key, () => setTriggerValue("wanted", data.key));
}
