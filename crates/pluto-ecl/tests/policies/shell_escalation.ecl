record command {
  critical: bool
  routine: bool
}

policy shell_escalation on controller (cmd: command) {
  deny if cmd.critical, "manual approval"
  deny if subject.trust.omega < 0.5, "trust"
  allow if cmd.routine && subject.trust.omega >= 0.8
  if subject.trust.omega < 0.85 {
    escalate { timeout: 24h, fallback: deny }
  }
  allow
}
