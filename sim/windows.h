#pragma once

#include "sim/time.h"

namespace netcvr {

/// Attribution windows say which events count; observation windows say how long a rule waits before it
/// labels.
struct Windows {
    Time conversion_attribution = 3 * day;  // W_A: a conversion counts iff conversion − click < W_A
    Time refund_attribution = 3 * day;      // W_R: a refund counts iff refund − conversion < W_R
    Time conversion_observation = 864;      // w_c: early iff conversion − click <= w_c
    Time refund_observation = 864;          // w_r: early iff refund − conversion <= w_r

    /// Age at which a click's net label is final.
    Time maturity() const { return conversion_attribution + refund_attribution; }
    bool operator==(const Windows&) const = default;
};

enum class Edge {
    open,
    closed
};  // open: delay < window (attribution); closed: delay <= window (observation)

/// The one comparison of a delay with a window. False where either event never happens.
inline bool within(Time start, Time event, Time window, Edge edge) {
    if (start == never || event == never) return false;
    return edge == Edge::open ? event - start < window : event - start <= window;
}

/// The prequential protocol: pretrain on [0, pretrain), wait until those labels are final, then stream.
struct Protocol {
    Time pretrain = 11 * day;  // clicks before this train the common start
    Time gap = 6 * day;        // at least W_A + W_R
    Time segment = day / 10;   // predict a segment's clicks, then train on what is delivered in it

    Time stream_start() const { return pretrain + gap; }
    bool operator==(const Protocol&) const = default;
};

}  // namespace netcvr
