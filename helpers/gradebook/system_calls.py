"""A filter of system calls (seccomp) for Linux on x86-64 and ARM: no programs, no processes, no signals to others, no
sockets but TCP.

The kernel holds to it whatever code asks, machine code that a submission brings along too. Which file and which port
may be opened is Landlock's part, in fence.py. Call numbers: the kernel's unistd.h of each machine.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys

# name -> number on x86-64, and on ARM (None where there is no such call)
_REFUSED = {
    **{"fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281), "ptrace": (101, 117)},
    **{"process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kill": (62, 129), "tkill": (200, 130)},
    **{"pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "setns": (308, 268)},
    **{"unshare": (272, 97), "mount": (165, 40), "bpf": (321, 280), "perf_event_open": (298, 241)},
    **{"io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427)},
    **{"userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217), "setpriority": (140, 140)},
    **{"shmget": (29, 194), "shmat": (30, 196), "msgget": (68, 186), "semget": (64, 190)},
}
_CLONE3 = (435, 435)
_CLONE, _SOCKET, _TGKILL, _PRLIMIT = (56, 220), (41, 198), (234, 131), (302, 261)
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}  # place in the pairs above, AUDIT_ARCH_*

_LOAD, _EQUAL, _HAS_BITS, _AND, _RETURN = 0x20, 0x15, 0x45, 0x54, 0x06  # codes of classic BPF
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_NUMBER, _ARCHITECTURE, _FIRST, _SECOND, _THIRD = 0, 4, 16, 24, 32  # where struct seccomp_data holds them
_CLONE_THREAD, _AF_INET, _AF_INET6, _SOCK_STREAM = 0x10000, 2, 10, 1
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2


def refuse_system_calls() -> bool:
    """Put the filter on this thread and all that it will start, for good. False where there is none."""
    if sys.platform != "linux" or platform.machine() not in _MACHINES or struct.calcsize("P") != 8:
        return False
    program = b"".join(_program(*_MACHINES[platform.machine()], os.getpid()))
    held = ctypes.create_string_buffer(program)
    about = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(held))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    pointer = ctypes.create_string_buffer(about)
    return prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(pointer), 0, 0) == 0


def _program(place: int, architecture: int, own: int) -> list[bytes]:
    """The filter's instructions, eight bytes each. A jump counts the instructions that it leaves out."""
    refuse = _step(_RETURN, _REFUSE | errno.EPERM)
    lines = [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, architecture, yes=1),
        refuse,  # the 32-bit calls of the same machine have other numbers
        _step(_LOAD, _NUMBER),
    ]
    for numbers in _REFUSED.values():
        if (number := numbers[place]) is not None:
            lines += [_step(_EQUAL, number, no=1), refuse]
    # glibc starts threads with clone() where clone3() is not there; a filter can look into the first one only.
    lines += [_step(_EQUAL, _CLONE3[place], no=1), _step(_RETURN, _REFUSE | errno.ENOSYS)]
    lines += [_step(_EQUAL, _CLONE[place], no=4), _step(_LOAD, _FIRST)]
    lines += [_step(_HAS_BITS, _CLONE_THREAD, yes=1), refuse, _step(_RETURN, _ALLOW)]
    lines += [_step(_EQUAL, _TGKILL[place], no=4), _step(_LOAD, _FIRST)]
    lines += [_step(_EQUAL, own, yes=1), refuse, _step(_RETURN, _ALLOW)]
    # A process may read its own limits, as libraries do that open many files; it may not set any.
    lines += [_step(_EQUAL, _PRLIMIT[place], no=8), _step(_LOAD, _FIRST), _step(_EQUAL, 0, no=4)]
    lines += [_step(_LOAD, _THIRD), _step(_EQUAL, 0, no=2), _step(_LOAD, _THIRD + 4), _step(_EQUAL, 0, yes=1)]
    lines += [refuse, _step(_RETURN, _ALLOW)]
    lines += [_step(_EQUAL, _SOCKET[place], no=8), _step(_LOAD, _FIRST)]
    lines += [_step(_EQUAL, _AF_INET, yes=2), _step(_EQUAL, _AF_INET6, yes=1), refuse]
    lines += [_step(_LOAD, _SECOND), _step(_AND, 0xF), _step(_EQUAL, _SOCK_STREAM, yes=1), refuse]
    if place == 0:  # x32: the same machine's calls with another width of pointers
        lines[4:4] = [_step(0x35, 0x40000000, no=1), refuse]
    return [*lines, _step(_RETURN, _ALLOW)]


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    return struct.pack("HBBI", code, yes, no, value)
