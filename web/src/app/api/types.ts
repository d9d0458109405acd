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
export type State = Schemas['State'];
export type Usage = Schemas['Usage'];
export type User = Schemas['User'];
export type XRay = Schemas['XRay'];
export type XRayFinding = XRay['findings'][number] & { review?: Review | null };
export type XRayChange = Schemas['XRayChange'];
export type XRaySearch = Schemas['XRaySearch'];

export type Review = { verdict: 'accepted' | 'rejected' | null; note: string; updated: string };
export type ReviewChange = Pick<Review, 'verdict' | 'note'>;
export interface ServerFacts {
  version: string;
  sign_up: boolean;
  anonymous: 'off' | 'read' | 'store';
  anonymous_hours: number;
  password_least: number;
  max_upload_bytes: number;
}
export interface SessionInfo {
  id: number;
  kind: 'cookie' | 'token';
  client: string;
  created: string;
  expires: string;
  current: boolean;
}

/** One page of a list; `next` is the cursor of the page behind it. */
export interface Page<T> {
  items: T[];
  next: string | null;
}
