/* Keeps what the server sends once (a picture, outlines, pixels) where every viewer finds it by its key. */

const MOST = 12;

export default function ({ data }) {
  if (!data) return;
  const layers = (window.hrtemLayers ??= new Map());
  const end = data.indexOf(10); // a line of JSON, then the bytes
  const head = JSON.parse(new TextDecoder().decode(data.subarray(0, end)));
  layers.delete(head.key); // the newest stands last
  layers.set(head.key, { head, body: data.slice(end + 1) });
  while (layers.size > MOST) layers.delete(layers.keys().next().value);
  window.dispatchEvent(new CustomEvent("hrtem-layer", { detail: head.key }));
}
