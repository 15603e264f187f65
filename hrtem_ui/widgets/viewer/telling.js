/* Tells the server one thing after the other, and nothing between two pages.

   What is told within one turn of the browser's loop travels as one message, and of that only the fragment
   of the first is run: a click beside the wish for a close-up would be lost.

   A link asks for its page at once, which ends the answer to what was told before: a click would be lost.
   What the page that is left tells after that is answered as if it were still there, and the window stays
   empty. So a link waits for answers, and from then on nothing is told before the next page has come. */

const PAGE_LINKS = 'a:is([data-testid="stPageLink-NavLink"], [data-testid="stSidebarNavLink"])';
const ANSWER_MS = 2000; // no longer does a link wait: what was told has been taken by then
const NEXT_PAGE_MS = 10000; // and no longer is a page waited for that does not come
const LOOK_MS = 20;

const telling = (window.hrtemTelling ??= watchLinks({ before: Promise.resolve(), open: new Set(), left: null }));

/** Tell something that a person did. */
function tellInTurn(tell) {
  const sent = sendInTurn(tell);
  if (sent) keepOpen(sent.then(answered));
}

/** Ask for what has this key, or for one of many things. */
function askInTurn(key, wanted) {
  sendInTurn(() => window.hrtemAsking?.get(key)?.(wanted));
}

function sendInTurn(tell) {
  if (isLeaving()) return null;
  const told = telling.before.then(() => {
    tell();
    return new Promise((done) => setTimeout(done)); // the message is sent by a timer set before this one
  });
  const sent = told.catch(reportError); // the next is told all the same
  telling.before = sent;
  keepOpen(sent);
  return sent;
}

/** Let links wait for something. */
function keepOpen(something) {
  telling.open.add(something);
  something.then(() => telling.open.delete(something));
}

/** Until the server has come to rest. */
async function answered() {
  const end = performance.now() + ANSWER_MS;
  let nStill = 0; // between two answers it seems to rest
  while (nStill < 3 && performance.now() < end) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    const { testScriptState: state } = document.querySelector("[data-testid=stApp]").dataset;
    nStill = state === "notRunning" ? nStill + 1 : 0;
  }
}

/** Whether another page was asked for and has not come: every page has a title of its own. */
function isLeaving() {
  const { left } = telling;
  return left && document.title === left.title && performance.now() < left.until;
}

function watchLinks(told) {
  const leave = () => {
    told.left = { title: document.title, until: performance.now() + NEXT_PAGE_MS };
  };
  const follow = (event) => {
    const link = event.target.closest?.(PAGE_LINKS);
    if (!link || link.pathname === location.pathname) return;
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // it opens elsewhere
    if (!told.open.size) return leave();
    event.preventDefault();
    event.stopImmediatePropagation();
    const again = () => [...document.querySelectorAll(PAGE_LINKS)].find((one) => one.href === link.href)?.click();
    Promise.all(told.open).then(again);
  };
  window.addEventListener("click", follow, true);
  window.addEventListener("popstate", leave);
  return told;
}
