import type { ConfigDocument } from './documents.ts';

/** One process of a service, as its management port describes it. */
export interface ReplicaAnswer {
  readonly replica: string;
  /** The JSON of the answer, or its text where it is none; undefined when it does not answer (yet). */
  readonly body: unknown;
}

/** Text of a secret's parts, and what must not have changed until it is written again. */
export interface SecretContent {
  readonly parts: Readonly<Record<string, string>>;
  readonly version: string;
  /** Who writes it again from a source of its own, so that no change of ours would last. */
  readonly holder?: string;
}

/** Where a shop runs, as far as its settings and secrets go: an instance of this machine, or a namespace of a cluster. */
export interface Place {
  /** For people: "instance default", "namespace souk of kind-souk". */
  readonly title: string;
  /** The text that processes follow; the packaged one where nobody has written any yet. */
  readDocument(document: ConfigDocument): Promise<string>;
  writeDocument(document: ConfigDocument, text: string): Promise<void>;
  /** Nothing happens where there is none. */
  removeDocument(document: ConfigDocument): Promise<void>;
  /** The processes of a service that have a text of their own, by the name under which they look for it. */
  instancesOf(service: string): Promise<readonly string[]>;
  /** Earlier texts, as `history.ts` renders them; empty where there are none yet. */
  readHistory(document: ConfigDocument): Promise<string>;
  writeHistory(document: ConfigDocument, text: string): Promise<void>;
  readSecret(name: string): Promise<SecretContent>;
  /** Replaces these parts; refuses when somebody else has written the secret since it was read. */
  writeSecret(name: string, version: string, parts: Readonly<Record<string, string>>): Promise<void>;
  /** Makes what was written reach the processes at once, where that takes a push. */
  refresh(service: string): Promise<void>;
  /** Asks the management port of every replica of a service that runs. */
  ask(service: string, path: string): Promise<readonly ReplicaAnswer[]>;
  /** Runs the work with the URL of PostgreSQL's superuser as this machine reaches it. */
  withSuperuser<T>(work: (url: string) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
