import { uniqueMongoUrl } from '@souk/testing';
import { MongoStore } from '../persistence/mongo-store.js';

export const quiet = { info: () => undefined, warn: () => undefined };

/** A store on a database of its own; `drop` removes it again. */
export const openTestStore = async (): Promise<{ store: MongoStore; server: string; drop: () => Promise<void> }> => {
  const store = new MongoStore(uniqueMongoUrl('catalog'), quiet);
  await store.open();
  const drop = async (): Promise<void> => {
    await store.connection.dropDatabase();
    await store.close();
  };
  return { store, server: await describeServer(store), drop };
};

/** A real mongod names its modules and storage engines; the embedded server answers buildInfo with little but a version. */
const describeServer = async (store: MongoStore): Promise<string> => {
  const info = await store.connection.db?.command({ buildInfo: 1 });
  return `${info?.['storageEngines'] === undefined ? 'MongoDB-wire server (not mongod)' : 'mongod'} ${info?.['version']}`;
};
