policy p on custom {
  if a then { allow }
  let x = if a { b } else { c }
  let y = if a then b
  let z = 1 + if a then b else c
  allow if a { deny }
  if a { deny } elif b { deny }
}
