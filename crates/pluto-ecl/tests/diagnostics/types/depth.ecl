record a { x: option<int> }
record b { a: option<a> }
record c { b: option<b> }
record d { c: option<c> }

policy p on custom (d: option<d>) {
  allow if present(d)
}
