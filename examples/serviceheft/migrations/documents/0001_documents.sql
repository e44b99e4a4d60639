-- expand: what is known of each uploaded file
CREATE TABLE documents (
  id TEXT PRIMARY KEY,
  vehicle_id TEXT NOT NULL,
  name TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  created_at TEXT NOT NULL
);
