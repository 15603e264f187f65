/* Tells the server one thing after the other.

   What is told within one turn of the browser's loop travels as one message, and of that only the fragment
   of the first is run: a click beside the wish for a close-up would be lost. */

let toldBefore = Promise.resolve();

function tellInTurn(tell) {
  const told = toldBefore.then(() => {
    tell();
    return new Promise((done) => setTimeout(done)); // the message is sent by a timer set before this one
  });
  toldBefore = told.catch(reportError); // the next is told all the same
}

/** Ask for what has this key, or for one of many things. */
function askInTurn(key, wanted) {
  tellInTurn(() => window.hrtemAsking?.get(key)?.(wanted));
}
