/* Tells the server what was set in a viewer, which has shown it already: nothing is drawn anew for that. */

export default function ({ data, setTriggerValue }) {
  (window.hrtemLooking ??= new Map()).set(data.key, (chosen) => setTriggerValue("chosen", chosen));
}
