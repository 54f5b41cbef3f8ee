//! Workflows, the action and the examples, read by actionlint. It reads workflows alone: the action is shown to it as one.

use std::fs;
use std::process::Command;

use crate::command::{Failure, Result, root, run};
use crate::site;

/// Lints everything that a runner reads.
pub fn lint(actionlint: impl Fn() -> Command) -> Result<()> {
    run(actionlint().arg(".github/workflows/*.yml"))?;
    run(actionlint().arg("examples/workflows/*.yml"))?;
    let path = root().join("action.yml");
    let failed = |error| Failure::new(format!("{}: {error}", path.display()));
    let action = fs::read_to_string(&path).map_err(failed)?;
    let workflow =
        as_workflow(&action).ok_or_else(|| Failure::new("action.yml: no inputs, outputs and steps in this order"))?;
    let folder = site::target().join("workflows");
    fs::create_dir_all(&folder).map_err(failed)?;
    fs::write(folder.join("action.yml"), workflow).map_err(failed)?;
    run(actionlint().arg(format!("{}/*.yml", folder.display())))
}

/// A composite action as a workflow that is called with the same inputs, so that its expressions and steps are checked.
fn as_workflow(action: &str) -> Option<String> {
    let (_, rest) = action.split_once("\ninputs:\n")?;
    let (inputs, rest) = rest.split_once("\noutputs:\n")?;
    let (outputs, steps) = rest.split_once("\nruns:\n  using: composite\n  steps:\n")?;
    let mut text = String::from("on:\n  workflow_call:\n    inputs:\n");
    for line in inputs.lines() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        match indent {
            2 => text.push_str(&format!("      {line}\n        type: string\n")),
            4 if line.starts_with("required:") || line.starts_with("default:") => {
                text.push_str(&format!("        {line}\n"))
            }
            _ => {}
        }
    }
    text.push_str("jobs:\n  action:\n    runs-on: ubuntu-latest\n    outputs:\n");
    let mut name = "";
    for line in outputs.lines() {
        let (indent, line) = (line.len() - line.trim_start().len(), line.trim());
        match (indent, line.strip_prefix("value: ")) {
            (2, _) => name = line,
            (4, Some(value)) => text.push_str(&format!("      {name} {value}\n")),
            _ => {}
        }
    }
    text.push_str("    steps:\n");
    for line in steps.lines() {
        text.push_str(&format!("  {line}\n"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_becomes_a_workflow() {
        let action = "name: x\n\ninputs:\n  a:\n    description: >-\n      b: c\n    default: \"\"\n\noutputs:\n  o:\n    description: d\n    \
                      value: ${{ steps.s.outputs.o }}\n\nruns:\n  using: composite\n  steps:\n    - id: s\n      shell: bash\n      run: true\n";
        assert_eq!(
            as_workflow(action).unwrap_or_default(),
            "on:\n  workflow_call:\n    inputs:\n      a:\n        type: string\n        default: \"\"\njobs:\n  action:\n    runs-on: \
             ubuntu-latest\n    outputs:\n      o: ${{ steps.s.outputs.o }}\n    steps:\n      - id: s\n        shell: bash\n        run: \
             true\n"
        );
    }
}
