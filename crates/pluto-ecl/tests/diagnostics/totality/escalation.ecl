policy p on custom (d: duration) {
  if d > 1h { escalate { fallback: deny } }
  if d > 2h { escalate { timeout: d } }
  if d > 3h { escalate { timeout: 0s } }
  escalate { timeout: 1h, fallback: maybe }
}
