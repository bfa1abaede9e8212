record point { x: integer, y: int }

policy p on custom (a: point, b: txt<4>, c: Point) {
  require a.x > 0 && a.y > 0 && b == "" && c.x > 0
}
