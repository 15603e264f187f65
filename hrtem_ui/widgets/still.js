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

export default function ({ data, parentElement }) {
  const still = (parentElement.hrtemStill ??= made(parentElement));
  still.image.src = data.src;
  still.image.alt = data.alt;
  still.image.style.width = data.width ? `${data.width}px` : "100%";
  still.text.textContent = data.caption;
  still.button.setAttribute("aria-label", `Copy the picture: ${data.alt}`);
  return () => {
    still.figure.remove();
    delete parentElement.hrtemStill;
  };
}
