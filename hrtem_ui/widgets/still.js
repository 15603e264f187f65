/* A picture to look at, with a text for those who do not see it, a caption, and a button that copies it. */

const SAID_MS = 2000; // for which the button says what it has done

async function png(image) {
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

function made(parent) {
  const add = (name, inside) => inside.appendChild(document.createElement(name));
  const figure = add("figure", parent);
  figure.className = "hs";
  const image = add("img", figure);
  const below = add("figcaption", figure);
  const text = add("span", below);
  const button = add("button", below);
  Object.assign(button, { type: "button", textContent: "Copy" });
  button.addEventListener("click", async () => {
    button.textContent = await window.hrtemGive(png(image), image.alt);
    setTimeout(() => (button.textContent = "Copy"), SAID_MS);
  });
  return { figure, image, text, button };
}

/** Say what is to be seen where the picture itself is shown by another component, in a frame of its own. */
function describe(within, alt, frames = 300) {
  const frame = document.querySelector(`.st-key-${CSS.escape(within)} iframe`);
  const image = frame?.contentDocument?.querySelector("img");
  if (image) image.alt = alt;
  else if (frames) requestAnimationFrame(() => describe(within, alt, frames - 1)); // it comes a little later
}

export default function ({ data, parentElement }) {
  const still = (parentElement.hrtemStill ??= made(parentElement));
  still.image.src = data.src;
  still.image.alt = data.alt;
  still.image.style.width = data.width ? `${data.width}px` : "100%";
  still.image.hidden = Boolean(data.within);
  if (data.within) describe(data.within, data.alt);
  still.text.textContent = data.caption;
  still.button.setAttribute("aria-label", `Copy the picture: ${data.alt}`);
  return () => {
    still.figure.remove();
    delete parentElement.hrtemStill;
  };
}
