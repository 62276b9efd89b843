import { Store } from "./store/db";

// The application is the directory that the app was served from: /app/{application}/.
export const applicationOf = (path: string): string => decodeURIComponent(path.split("/")[2] ?? "");

// storeOf opens the storage of the application at an address.
export const storeOf = (base: URL): Promise<Store> => Store.open(applicationOf(base.pathname));
