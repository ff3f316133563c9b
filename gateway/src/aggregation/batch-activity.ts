import type { Activity } from '../activity/activity.js';
import { isPartOfBatch } from './sub-request.js';

/** What people look at, as far as nobody else sees it: the gateway in front tells of the pages that it passes on, not of what is in a batch. */
export class BatchActivity implements Pick<Activity, 'page' | 'note'> {
  readonly #activity: Activity;

  constructor(activity: Activity) {
    this.#activity = activity;
  }

  page(...[visit, token, fact]: Parameters<Activity['page']>): void {
    if (isPartOfBatch(visit.request.raw)) this.#activity.page(visit, token, fact);
  }

  note(...[visit, token, fact]: Parameters<Activity['note']>): void {
    if (isPartOfBatch(visit.request.raw)) this.#activity.note(visit, token, fact);
  }
}
