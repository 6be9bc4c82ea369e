"""Speed as ratios: each goal is measured side by side with a bare floor in the same run. Never a timed test."""
