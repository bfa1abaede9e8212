// Who may do what in a permit process, step by step, and what the realm keeps of every case.
//
// `pluto import process` asks this policy about every step of a log. A step is known by the number its
// name begins with. A step that was done although it was denied is told by its doer, as the action
// `report`; so later steps are judged on what really happened.

store cases {
  deadline: option<time> = none
  steps: int
  // Steps that were done although they were denied.
  overruled: int
  // The confirmation of receipt: who checked it last, and who determined it.
  checked: option<did> = none
  determined: option<did> = none
  // Document X: drafted, checked, determined.
  drafted: option<did> = none
  document_checked: option<did> = none
  document_determined: option<did> = none
  // Report Y: checked, determined.
  report_checked: option<did> = none
  report_determined: option<did> = none
}

policy action on datalogic (
  action: text<128>,
  resource: text<512>,
  at: time,
  deadline: option<time>,
  reported: option<text<128>>,
) {
  // Realm time is the day that a witness signed; within that day the doer says when.
  require at >= now && at < now + 24h, "time: not on the day that was signed"

  let step = or_else(reported, action)
  let told = present(reported)
  deny if told != (action == "report"), "report: names the step that was done"

  let opens = starts_with(step, "Confirmation ")
  let checks = starts_with(step, "T02 ")
  let adjusts = starts_with(step, "T03 ")
  let determines = starts_with(step, "T04 ")
  let sends = starts_with(step, "T05 ")
  let drafts = starts_with(step, "T11 ")
  let checks_document = starts_with(step, "T12 ")
  let determines_document = starts_with(step, "T14 ")
  let prints_document = starts_with(step, "T15 ")
  let checks_report = starts_with(step, "T17 ")
  let determines_report = starts_with(step, "T19 ")
  let prints_report = starts_with(step, "T20 ")

  let file = cases[resource]
  let determined = present(file?.determined)

  if !told {
    deny if opens && present(file), "order: the case is open already"
    deny if !opens && !present(file), "order: the case is not open"
    deny if determines && !present(file?.checked), "order: determined before it was checked"
    deny if sends && !determined, "order: sent before it was determined"
    deny if checks && determined, "order: checked after it was determined"
    deny if adjusts && determined, "order: adjusted after it was determined"
    deny if checks_document && !present(file?.drafted), "order: checked before it was drafted"
    deny if determines_document && !present(file?.document_checked), "order: document determined before it was checked"
    deny if prints_document && !present(file?.document_determined), "order: document printed before it was determined"
    deny if determines_report && !present(file?.report_checked), "order: report determined before it was checked"
    deny if prints_report && !present(file?.report_determined), "order: report printed before it was determined"

    if checks || checks_document || checks_report {
      require subject has credential "Group 4", "role: checked by somebody without the role"
    }
    if determines || determines_document || determines_report {
      require subject has credential "Group 3", "role: determined by somebody without the role"
    }
    if sends || prints_document || prints_report {
      require subject has credential "Group 2", "role: sent by somebody without the role"
    }

    deny if determines && file?.checked == subject, "four eyes: the confirmation was checked by the same person"
    deny if checks_document && file?.drafted == subject, "four eyes: the document was drafted by the same person"
    deny if determines_document && file?.document_checked == subject, "four eyes: the document was checked by the same person"
    deny if determines_report && file?.report_checked == subject, "four eyes: the report was checked by the same person"

    deny if or_else(file?.deadline, or_else(deadline, at)) < at, "deadline: after the end of the case"
  }

  put cases[resource] {
    deadline: if present(file) then file?.deadline else deadline,
    steps: or_else(file?.steps, 0) + 1,
    overruled: or_else(file?.overruled, 0) + (if told then 1 else 0),
    checked: if checks then some(subject) else file?.checked,
    determined: if determines then some(subject) else file?.determined,
    drafted: if drafts then some(subject) else file?.drafted,
    document_checked: if checks_document then some(subject) else file?.document_checked,
    document_determined: if determines_document then some(subject) else file?.document_determined,
    report_checked: if checks_report then some(subject) else file?.report_checked,
    report_determined: if determines_report then some(subject) else file?.report_determined,
  }
  allow
}

test "a case is opened" for action {
  given action = "Confirmation of receipt"
  given resource = "permits/1"
  given now = 0h
  given at = 1h
  given deadline = some(24h)
  expect allow
}
