"""Stage 3, inverse FFT: measures the fringes at one g around one place of a whitened image."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from hrtem_core.fringes.demodulation import Demodulated, LocalSpectrum
from hrtem_core.fringes.half_plateau import half_plateau
from hrtem_core.fringes.regions import MeasuredFringes, Region, g_sigma, refine
from hrtem_core.fringes.tuning import FringeTuning
from hrtem_core.image import Position, Wavevector
from hrtem_core.numerics import Box, FloatImage, box_around
from hrtem_core.spectrum import Spectrum


class Measured(NamedTuple):
    """What was found at one g around a place.

    Parameters
    ----------
    fringes
        None when nothing is significant.
    reads
        The part of the image that this depends on; may reach beyond it.
    """

    fringes: MeasuredFringes | None
    reads: Box


@dataclass(frozen=True, eq=False)
class Measuring:
    """Measures fringes on images of one noise.

    Parameters
    ----------
    spectrum
        The noise, and the grid.
    by_hand
        A person pointed at the wavevector: it need not stand out among all others.
    tuning
        The numbers of the method.
    """

    spectrum: Spectrum
    by_hand: bool
    tuning: FringeTuning

    @property
    def pixel_nm(self) -> tuple[float, float]:
        """(row, column) pixel size in nm."""
        return self.spectrum.grid.pixel_size.sizes_nm

    def threshold(self, resolution_nm: float) -> float:
        """Amplitude that noise exceeds somewhere in the field `false_regions` times."""
        if self.by_hand:
            return self.tuning.hand_snr
        cells = max(1.0, self.spectrum.grid.area_nm2 / (4 * np.pi * resolution_nm**2))
        return float(np.sqrt(np.log(cells * self.tuning.looks / self.tuning.false_regions)) * 1.05)

    def measure(self, image: FloatImage, g: Wavevector, centre_px: Position, window_nm: float) -> Measured:
        """The fringes at `g` around a place, at the resolution where they stand out most.

        Strategy (docs/method.md, sections 6 and 7): a square around the place is demodulated at several
        resolutions, the region above half of its plateau is cut out of each map, the one with the most energy
        above noise is taken, and g is refined inside it. The square grows until the region lies inside it.
        """
        half = self.tuning.first_square_nm(window_nm)
        field = max(n * p for n, p in zip(image.shape, self.pixel_nm, strict=True))
        reads: list[Box] = []
        while True:
            half = min(half, field)
            best, read = self._within(image, g, centre_px, window_nm, half)
            reads.append(read)
            if best is None or not best.touches or half >= field:
                return Measured(best, box_around(reads))
            half *= self.tuning.growth

    def _within(
        self, image: FloatImage, g: Wavevector, centre_px: Position, window_nm: float, half_nm: float
    ) -> Measured:
        """The same in a square of one size."""
        low = [max(0, int(c - half_nm / p)) for c, p in zip(centre_px, self.pixel_nm, strict=True)]
        high = [
            min(n - 1, int(c + half_nm / p))
            for c, p, n in zip(centre_px, self.pixel_nm, image.shape, strict=True)
        ]
        tuning = self.tuning
        resolutions = tuning.tried_nm(window_nm)
        margin = [int(tuning.margin_sigmas * max(resolutions) / p) for p in self.pixel_nm]
        local = LocalSpectrum(
            image,
            self.pixel_nm,
            (low[0] - margin[0], low[1] - margin[1]),
            (high[0] + 1 + margin[0], high[1] + 1 + margin[1]),
            self.spectrum.profile,
            tuning=tuning,
        )
        plane = self.spectrum.noise.plane(g)
        looks = []
        for resolution in resolutions:
            map_ = local.demodulate(g, resolution).part((low[0], high[0]), (low[1], high[1]))
            region = self._region(plane, map_, resolution, centre_px, window_nm)
            looks += [region] if region is not None else []
            if region is not None and region.excess < max(look.excess for look in looks):
                break  # coarser than the fringes' region: it only gets worse
        for look in sorted(looks, key=lambda region: -region.excess):
            refined = refine(look, g, self.pixel_nm, tuning=tuning)
            if refined is not None:
                # The Gaussian mask pulls the maximum towards its own centre: look again from there.
                map_ = local.demodulate(refined, look.resolution_nm).part(
                    (low[0], high[0]), (low[1], high[1])
                )
                again = self._region(plane, map_, look.resolution_nm, centre_px, window_nm) or look
                refined = refine(again, refined, self.pixel_nm, tuning=tuning) or refined
                return Measured(self._fringes(again, refined, low, high, image.shape), local.window)
        return Measured(None, local.window)

    def _region(
        self,
        noise_plane: FloatImage,
        map_: Demodulated,
        resolution_nm: float,
        centre_px: Position,
        window_nm: float,
    ) -> Region | None:
        """The region of one map around a place, if it is significant."""
        if min(map_.amplitude.shape) < 2:
            return None
        noise = self.spectrum.noise.drawn(noise_plane, map_.rows_px, map_.cols_px)
        modulus = np.abs(map_.amplitude)
        significance = modulus * np.sqrt(map_.cover / noise)
        radius_nm = max(window_nm / 3, 1.0)
        near = np.outer(
            np.abs(map_.rows_px - centre_px[0]) * self.pixel_nm[0] < radius_nm,
            np.abs(map_.cols_px - centre_px[1]) * self.pixel_nm[1] < radius_nm,
        )
        row, col = np.unravel_index(int(np.argmax(np.where(near, significance, 0))), near.shape)
        seed = (int(row), int(col))
        if not near[seed] or significance[seed] < self.threshold(resolution_nm):
            return None
        noise_power = float(np.median(noise))
        snr = np.asarray(modulus / np.float32(np.sqrt(noise_power)))
        outlined = half_plateau(snr, seed, self.tuning)
        if outlined is None:
            return None
        mask, plateau, threshold = outlined
        cell = (map_.rows_px[1] - map_.rows_px[0]) * (map_.cols_px[1] - map_.cols_px[0])
        cells = float(cell) * self.spectrum.grid.pixel_size.area_nm2 / (4 * np.pi * resolution_nm**2)
        energy = float((significance[mask] ** 2 - 1).sum()) * cells
        area_nm2 = np.count_nonzero(mask) * cells * 4 * np.pi * resolution_nm**2
        if area_nm2 < self.tuning.min_area_nm2 or energy <= 0:
            return None
        excess = energy / np.sqrt(1 + np.count_nonzero(mask) * cells)
        return Region(
            map_=map_,
            resolution_nm=resolution_nm,
            fading_px=self.tuning.fading_px(resolution_nm),
            mask=mask,
            snr=snr,
            threshold=threshold,
            plateau=plateau,
            noise_power=noise_power,
            energy=energy,
            excess=float(excess),
        )

    def _fringes(
        self, region: Region, g: Wavevector, low: list[int], high: list[int], shape: tuple[int, ...]
    ) -> MeasuredFringes:
        mask = region.mask
        touches = bool(
            (mask[0].any() and low[0] > 0)
            or (mask[-1].any() and high[0] < shape[0] - 1)
            or (mask[:, 0].any() and low[1] > 0)
            or (mask[:, -1].any() and high[1] < shape[1] - 1)
        )
        sigma = g_sigma(region, g, self.pixel_nm, tuning=self.tuning)
        return MeasuredFringes(region.trimmed(), g, sigma, touches)
