polcy guard on crossing {
  allow
}

struct point { x: int }

require a
