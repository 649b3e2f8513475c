"""Every weight and limit of the threat assessment, in one versioned record.

Each stage defines the part that it reads in its own module; a section of the settings file that
several stages share is put together here.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from marsad.assessment.approach import AimLimits
from marsad.assessment.ballistic import BallisticLimits
from marsad.assessment.claim_settings import ClaimSettings
from marsad.assessment.claims import ClaimLimits
from marsad.assessment.classification import ClassLimits
from marsad.assessment.context import ContextLimits, ContextWeights, KnownActivity
from marsad.assessment.destination import DestinationLimits
from marsad.assessment.flight_character import CharacterLimits
from marsad.assessment.hostility import Caps
from marsad.assessment.identity import IdentityWeights, PendingLimits
from marsad.assessment.intake import IntakeLimits
from marsad.assessment.intent import IntentLimits, IntentWeights
from marsad.assessment.kinematics import HeightLimits
from marsad.assessment.navigation_settings import NavigationSettings
from marsad.assessment.profiles import CLASS_WEIGHTS, PROFILES, ClassWeights, FlightProfile
from marsad.assessment.situation import LevelLimits
from marsad.assessment.slowing import SlowingWeights
from marsad.assessment.usage import ProcedureWeights
from marsad.model.settings import Finding, Settings, check
from marsad.model.threat import THREAT_CLASSES


class EvidenceWeights(ContextWeights, ProcedureWeights, SlowingWeights, IntentWeights, IdentityWeights, Caps):
    """Decibans of each piece of evidence, and the caps of its group (correlated items)."""


class EvidenceLimits(
    PendingLimits, ClaimLimits, IntakeLimits, ContextLimits, HeightLimits, IntentLimits, AimLimits
):
    """When each piece of evidence counts."""


class AssessmentSettings(Settings):
    """All settings of the assessment. Change a weight, change the version.

    The defaults are the published design "PHK": hostility in decibans, geometry, rules.
    """

    version: str = Field(default="phk-3", description="printed in records")
    classes: dict[str, ClassWeights] = Field(
        default=CLASS_WEIGHTS, description="weights per class; all classes must be given"
    )
    profiles: tuple[FlightProfile, ...] = Field(
        PROFILES, description="how the classes fly, at least one profile per class"
    )
    evidence: EvidenceWeights = Field(EvidenceWeights(), description="what each piece of evidence weighs")
    limits: EvidenceLimits = Field(EvidenceLimits(), description="when each piece of evidence counts")
    levels: LevelLimits = Field(LevelLimits(), description="rules that set the level")
    ballistic: BallisticLimits = Field(BallisticLimits(), description="rockets and mortars: impact and rule")
    belief: ClassLimits = Field(ClassLimits(), description="how the class is learned")
    character: CharacterLimits = Field(CharacterLimits(), description="how drone is told from bird by flight")
    destination: DestinationLimits = Field(
        DestinationLimits(), description="what it says that a course leads to a protected place"
    )
    claims: ClaimSettings = Field(
        ClaimSettings(), description="whether what objects say of themselves can be true"
    )
    navigation: NavigationSettings = Field(
        NavigationSettings(), description="when satellite navigation is disturbed at the site"
    )
    known_activities: tuple[KnownActivity, ...] = Field(
        (), description="places where harmless objects are expected"
    )
    moving_mps: float = Field(default=2.0, gt=0, description="slower has no course")
    tracks_max: int = Field(default=20000, gt=0, description="state kept; further tracks are counted")

    @check
    def _classes_complete(self) -> Iterator[Finding]:
        if set(self.classes) != set(THREAT_CLASSES):
            sentence = f"classes must be exactly {', '.join(THREAT_CLASSES)}, not {sorted(self.classes)}"
            yield Finding(("classes",), sentence)

    @check
    def _profiles_complete(self) -> Iterator[Finding]:
        missing = set(THREAT_CLASSES) - {profile.class_name for profile in self.profiles}
        if missing:
            yield Finding(("profiles",), f"no flight profile for {', '.join(sorted(missing))}")

    @check
    def _radio_complete(self) -> Iterator[Finding]:
        if len(self.belief.radio) != len(THREAT_CLASSES):
            sentence = f"belief.radio needs {len(THREAT_CLASSES)} numbers, has {len(self.belief.radio)}"
            yield Finding(("belief", "radio"), sentence)

    def column(self, field: str) -> NDArray[np.float64]:
        """One weight of all classes, in the order of THREAT_CLASSES."""
        return np.array([getattr(self.classes[name], field) for name in THREAT_CLASSES], float)
