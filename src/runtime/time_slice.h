// How long a thread runs before the kernel looks for another one.
#pragma once

namespace cartd {

/// Asks for time slices of 0.1 ms for the calling thread, in place of some 3 ms: for a thread that others wait for, and
/// that itself mostly waits for a device. Since Linux 6.12 such a thread interrupts one with longer slices as soon as
/// it can go on; otherwise it may wait for the end of that one's slice each time. Earlier kernels take no notice. A
/// thread whose scheduling policy is not the usual one is left alone, and so is one where the kernel refuses.
void ask_for_short_time_slices();

}  // namespace cartd
