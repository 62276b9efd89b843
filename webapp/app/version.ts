// version of the app as it tells the server. What the browser compares is the digest that the server
// puts into the service worker.
export const version = "1.0";
