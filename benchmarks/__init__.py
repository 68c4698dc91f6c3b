"""Speed, as ratios measured in one run. Nothing here is asserted: machines are shared and noisy."""
