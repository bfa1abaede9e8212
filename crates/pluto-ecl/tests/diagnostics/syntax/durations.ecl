const a = 24hours
const b = 1.5h
const c = 2w
const d = 3parsecs
