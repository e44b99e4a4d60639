-- expand: documents and what was read in them
CREATE TABLE documents (
  id UUID PRIMARY KEY,
  titel TEXT NOT NULL,
  dateiname TEXT NOT NULL,
  typ TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 CHAR(64) NOT NULL,
  status TEXT NOT NULL DEFAULT 'wartet' CHECK (status IN ('wartet', 'in_arbeit', 'verarbeitet', 'fehlgeschlagen')),
  text TEXT,
  source TEXT,
  fehler TEXT,
  angelegt_am TIMESTAMPTZ NOT NULL DEFAULT now(),
  verarbeitet_am TIMESTAMPTZ
);
CREATE INDEX documents_angelegt ON documents (angelegt_am);
