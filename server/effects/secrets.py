"""Whether stored tokens open, and whether platforms still take them."""

import asyncio

from server.actions.credentials import opened
from server.auth.sealing import Unsealable, Vault
from server.effects.findings import Finding, Patient, counted, found
from server.ports import Reader
from server.store import credentials as stored
from server.store.credentials import CredentialRecord

AT_ONCE = 200


async def secrets(patient: Patient) -> Finding:
    """Whether every sealed text opens with the keys at hand."""
    troubles: list[str] = []
    after, many = 0, 0
    while page := await stored.page(patient.reader, after, AT_ONCE):
        for credential in page:
            reason = await fault_of(patient.reader, patient.vault, credential)
            if reason is not None:
                troubles.append(f"{credential.owner.purpose} {credential.owner.external_id}: {reason}")
        after, many = page[-1].id, many + len(page)
        await asyncio.sleep(0)
    return found(
        "secrets",
        troubles,
        f"All tokens of {many} channels and bots open." if many else "No tokens are stored.",
        "Set the keys again that they were sealed under (REGULARS_MASTER_KEYS, else REGULARS_SECRET_KEY) "
        "and start again. If those are lost, run `regulars keys rotate` and connect these channels and bots again.",
    )


async def fault_of(reader: Reader, vault: Vault | None, credential: CredentialRecord) -> str | None:
    """Why a credential does not open, or None; one that is just being sealed anew is looked at again."""
    if vault is None:
        return "No key is set to open it with."
    seen: CredentialRecord | None = credential
    while seen is not None:
        try:
            await opened(reader, seen, vault=vault)
        except Unsealable as fault:
            if seen is not credential or fault.reason != "unknown_key":
                return str(fault)
            seen = await stored.of(reader, credential.owner)
        else:
            return None
    return None


async def credentials(patient: Patient) -> Finding:
    """Whether anything must be allowed anew by its owner."""
    return found(
        "credentials",
        counted(await stored.lost_by_reason(patient.reader)),
        "No platform has taken back what it allowed.",
        "Connect these channels and bots again, signed in as their owners. The reason reply_lost means that an answer "
        "of the platform was lost on the way; invalid_grant that the permission was withdrawn or has lapsed.",
    )
