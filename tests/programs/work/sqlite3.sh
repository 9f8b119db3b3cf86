# sqlite3.sh - a database built, changed, asked, dumped, built again from the dump. SCALE: rows.
rows=$((4000 * SCALE))
cat >build.sql <<SQL
PRAGMA page_size = 1024;
PRAGMA cache_size = 200;
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT UNIQUE, born INT, note BLOB);
CREATE TABLE visit(person INT REFERENCES person, day INT, place TEXT, cost REAL);
CREATE INDEX visit_day ON visit(day, place);
CREATE TABLE log(what TEXT);
CREATE TRIGGER moved AFTER UPDATE OF place ON visit BEGIN
    INSERT INTO log VALUES(format('%d: %s to %s', new.person, old.place, new.place));
END;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $rows)
INSERT INTO person SELECT i, format('person %06d', i * 7919 % 1000003), 1900 + i % 120,
    zeroblob(i % 300) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $rows * 3)
INSERT INTO visit SELECT i * 31 % $rows + 1, i * 17 % 365,
    substr('northsoutheastwest', i % 14 + 1, 5), i * 13 % 1000 / 8.0 FROM n;
COMMIT;
UPDATE visit SET place = upper(place) WHERE day % 7 = 3;
SAVEPOINT before;
DELETE FROM person WHERE id % 2;
ROLLBACK TO before;
RELEASE before;
DELETE FROM visit WHERE cost > 100 AND day < 50;
ALTER TABLE person ADD COLUMN age INT AS (2020 - born);
ANALYZE;
VACUUM;
SQL
cat >ask.sql <<'SQL'
PRAGMA integrity_check;
SELECT count(*), sum(cost), min(place), max(place) FROM visit;
SELECT place, count(*), round(avg(cost), 3), group_concat(day % 10, '') FROM visit GROUP BY place;
SELECT p.name, v.n FROM person p JOIN (SELECT person, count(*) n FROM visit GROUP BY 1) v
    ON v.person = p.id ORDER BY v.n DESC, p.name LIMIT 20;
SELECT day, sum(cost) OVER (ORDER BY day ROWS 3 PRECEDING) FROM
    (SELECT day, sum(cost) cost FROM visit GROUP BY day) LIMIT 30;
SELECT json_group_array(json_object('id', id, 'age', age)) FROM person WHERE id % 500 = 1;
SELECT count(*), max(what) FROM log;
SELECT name FROM person WHERE name LIKE '%77%' OR name GLOB '*0[0-9]5' ORDER BY name LIMIT 40;
WITH RECURSIVE walk(a, b) AS (SELECT 1, 1 UNION SELECT b, (a + b) % 1009 FROM walk)
    SELECT count(*), sum(a) FROM walk;
.sha3sum
SQL
sqlite3 -batch -bail first.db <build.sql
sqlite3 -batch -bail first.db <ask.sql >answers.txt
sqlite3 -batch -bail first.db .dump >dump.sql
sqlite3 -batch -bail second.db <dump.sql
sqlite3 -batch -bail second.db .dump >dump-again.sql
cmp dump.sql dump-again.sql
sqlite3 -batch -bail second.db <ask.sql >answers-again.txt
cmp answers.txt answers-again.txt
cksum first.db second.db >files.txt
