"""Fit the constants of the speed model to the shipped measurements, cross-validate them, and write them with their errors.

`python -m scripts.fit_calibration` writes `presets/roofrack_presets/calibration.toml`, `ACCURACY.md` and, as they ship, its tables. It
starts from the constants that are there; `--report` leaves them as they are and renews bands and report only. Needs scipy (`requirements-dev.txt`).
"""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import tomli

from roofrack.catalog.calibration import shipped_calibration
from roofrack.domain.calibration import Calibration
from roofrack.evidence.shipped import all_shipped
from roofrack.validation import validated
from scripts.calibrating.bands import band_rows
from scripts.calibrating.cross import by_device, by_family, by_table, leave_out
from scripts.calibrating.fit import Fitter
from scripts.calibrating.parameters import Space
from scripts.calibrating.report import errors, report
from scripts.calibrating.rows import measured
from scripts.calibrating.write import toml
from scripts.compact_accuracy import REPORT as ACCURACY
from scripts.compact_accuracy import TABLE, compact

ROOT = Path(__file__).parents[1]
PROCESSES = 2
CALIBRATION = ROOT / "presets" / "roofrack_presets" / "calibration.toml"


def main() -> None:
    """Run the fit."""
    arguments = argparse.ArgumentParser(description="Fit and cross-validate the speed model.")
    arguments.add_argument("--report", action="store_true", help="keep the constants; renew bands and report")
    arguments.add_argument("--rounds", type=int, default=12, help="most evaluations of the full fit")
    given = arguments.parse_args()
    base = shipped_calibration()
    data = measured(base, all_shipped())
    fitter = Fitter(Space(base), data)
    vector = fitter.space.vector()
    print(f"{len(data.rows)} rows, {len(data.configs)} configurations, {len(vector)} constants", file=sys.stderr)
    if not given.report:
        vector = fitter.solve(
            vector, fitter.fitted, given.rounds, lambda x: fitter.slopes(x, fitter.fitted), verbose=True
        )
    calibration = rounded(fitter.space.calibration(vector, fitter.counts(fitter.fitted)))
    vector = Space(calibration).vector()
    slopes = fitter.slopes(vector, fitter.fitted)
    with ProcessPoolExecutor(PROCESSES) as pool:
        ways = (by_device, by_family, by_table)
        devices, families, tables = pool.map(partial(leave_out, fitter, vector, slopes), ways)
    calibration = rounded(replace(calibration, bands=band_rows(fitter, (devices, families))))
    everything = np.ones(len(data.rows), dtype=bool)
    columns = [
        errors("in sample", fitter.log_predicted(vector, everything), fitter),
        errors("device left out", devices.log_predicted, fitter),
        errors("family left out", families.log_predicted, fitter),
    ]
    table_errors = errors("table left out", tables.log_predicted, fitter)
    CALIBRATION.write_text(toml(calibration), encoding="utf-8")
    written = report(fitter, calibration, columns, table_errors, (devices, families))
    ACCURACY.write_text(written, encoding="utf-8")
    TABLE.write_text(compact(written), encoding="utf-8")


def rounded(calibration: Calibration) -> Calibration:
    """The calibration as the file will have it.

    Args:
        calibration: The constants.
    """
    return validated(Calibration, tomli.loads(toml(calibration)), "calibration")


if __name__ == "__main__":
    main()
