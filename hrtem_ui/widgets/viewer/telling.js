/* Tells the server one thing after the other, and nothing between two pages.

   What is told within one turn of the browser's loop travels as one message, and of that only the fragment
   of the first is run: a click beside the wish for a close-up would be lost.

   A link asks for its page at once, which ends the answer to what was told before: a click would be lost.
   What the page that is left tells after that (a number, too, that is taken because its field was left for
   the link) is answered as if it were still there, and the window stays empty. So a link waits until all has
   been told and taken, and from then on viewers tell nothing before the next page has come. */

const PAGE_LINKS = 'a:is([data-testid="stPageLink-NavLink"], [data-testid="stSidebarNavLink"])';
const WAIT_MS = 5000; // no longer does a link wait: what was told has been taken by then
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

/** Until the server has come to rest; between two answers it seems to. */
const answered = () => serverIs((state) => state === "notRunning", 3, WAIT_MS);

/** Until the server has begun to answer, and so has taken what it was told. */
const taken = () => serverIs((state) => state !== "rerunRequested", 1, WAIT_MS);

/** Until the server was found so often in a row as it is wanted, or for a while. */
async function serverIs(wanted, times, most_ms) {
  const end = performance.now() + most_ms;
  for (let found = 0; found < times && performance.now() < end; ) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    found = wanted(document.querySelector("[data-testid=stApp]").dataset.testScriptState) ? found + 1 : 0;
  }
}

/** Whether another page was asked for and has not come: every page has a title of its own. */
function isLeaving() {
  return telling.left?.title === document.title;
}

function watchLinks(told) {
  const leave = async () => {
    const left = (told.left = { title: document.title });
    await serverIs((state) => state === "notRunning", 3, NEXT_PAGE_MS); // it may be the same page once more
    if (told.left === left) told.left = null;
  };
  let isOurs = false;
  const follow = async (event) => {
    const link = event.target.closest?.(PAGE_LINKS);
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // it opens elsewhere
    if (isOurs) {
      leave();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    do await Promise.all([...told.open, taken()]);
    while (told.open.size);
    const isIt = (one) => one.textContent === link.textContent;
    isOurs = true;
    (link.isConnected ? link : [...document.querySelectorAll(PAGE_LINKS)].find(isIt))?.click();
    isOurs = false;
  };
  window.addEventListener("click", follow, true);
  window.addEventListener("popstate", leave);
  return told;
}
