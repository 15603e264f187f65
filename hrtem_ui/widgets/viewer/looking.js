/* Tells the server what was set in a viewer, which has shown it already: nothing is drawn anew for that. */

export default function ({ data, setTriggerValue }) {
  const tell = (chosen) => setTriggerValue("chosen", chosen);
  const all = (window.hrtemLooking ??= new Map()).set(data.key, tell);
  return () => all.get(data.key) === tell && all.delete(data.key); // who is gone is told nothing
}
