/** The API's data, by the names of the OpenAPI file that they are made from. */
import type { components } from './schema';

type Schemas = components['schemas'];
export type ApiKey = Schemas['ApiKey'];
export type AuditEntry = Schemas['AuditEntry'];
export type CreatedApiKey = Schemas['CreatedApiKey'];
export type FindingResult = Schemas['FindingResult'];
export type Models = Schemas['Models'];
export type NewApiKey = Schemas['NewApiKey'];
export type Prediction = Schemas['Prediction'];
export type Review = Schemas['Review'];
/** All of a review at once: what is left out of the request would be taken as empty. */
export type ReviewChange = Required<Schemas['NewReview']>;
export type ServerFacts = Schemas['Server'];
export type SessionInfo = Schemas['ListedSession'];
export type State = Schemas['State'];
export type Usage = Schemas['Usage'];
export type User = Schemas['User'];
export type XRay = Schemas['XRay'];
export type XRayFinding = XRay['findings'][number];
export type XRayChange = Schemas['XRayChange'];
export type XRaySearch = Schemas['XRaySearch'];

/** One page of a list; `next` is the cursor of the page behind it. */
export interface Page<T> {
  items: T[];
  next: string | null;
}
