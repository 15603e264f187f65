/* Keeps what the server sends once (a picture, outlines, pixels) where every viewer finds it by its key. */

const MOST = 12;
const MOST_CLOSE_UPS = 60;

export default function ({ data }) {
  if (!data) return;
  const end = data.indexOf(10); // a line of JSON, then the bytes
  const head = JSON.parse(new TextDecoder().decode(data.subarray(0, end)));
  const [name, most] = head.close_up ? ["hrtemCloseUps", MOST_CLOSE_UPS] : ["hrtemLayers", MOST];
  const layers = (window[name] ??= new Map());
  layers.delete(head.key); // the newest stands last
  layers.set(head.key, { head, body: data.slice(end + 1) });
  while (layers.size > most) layers.delete(layers.keys().next().value);
  window.dispatchEvent(new CustomEvent("hrtem-layer", { detail: head.key }));
}
