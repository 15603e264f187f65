/* Shows what the server says, once the viewer's script is there. */

export default async function (args) {
  if (!window.hrtemShow) await new Promise((go) => window.addEventListener("hrtem-code", go, { once: true }));
  return window.hrtemShow(args);
}
