CREATE TABLE planets (name TEXT, moons INTEGER);
INSERT INTO planets VALUES ('Earth', 1), ('Mars', 2), ('Jupiter', 95);
SELECT 'Hello from SQLite!';
SELECT name, moons, sum(moons) OVER (ORDER BY moons) FROM planets;
WITH RECURSIVE squares(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM squares WHERE n < 5) SELECT group_concat(n * n, ' ') FROM squares;
