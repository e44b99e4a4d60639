-- expand: the first tables
CREATE TABLE calls (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  external_id VARCHAR(100) NOT NULL UNIQUE,
  caller VARCHAR(40) NOT NULL,
  utterances LONGTEXT NOT NULL,
  status VARCHAR(20) NOT NULL DEFAULT 'received',
  transcript LONGTEXT,
  intent VARCHAR(20),
  created_at VARCHAR(30) NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE appointments (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  call_id BIGINT REFERENCES calls (id),
  name VARCHAR(200) NOT NULL,
  starts_at VARCHAR(30) NOT NULL UNIQUE,
  status VARCHAR(20) NOT NULL DEFAULT 'booked',
  created_at VARCHAR(30) NOT NULL
) CHARACTER SET utf8mb4;

CREATE TABLE jobs (
  id BIGINT PRIMARY KEY AUTO_INCREMENT,
  kind VARCHAR(20) NOT NULL,
  subject BIGINT NOT NULL,
  state VARCHAR(20) NOT NULL DEFAULT 'queued',
  attempts INTEGER NOT NULL DEFAULT 0,
  run_after BIGINT NOT NULL,
  claimed_at BIGINT,
  error TEXT,
  INDEX jobs_due (state, run_after)
) CHARACTER SET utf8mb4;

CREATE TABLE heartbeats (
  name VARCHAR(40) PRIMARY KEY,
  `release` VARCHAR(100) NOT NULL,
  at BIGINT NOT NULL
) CHARACTER SET utf8mb4;
