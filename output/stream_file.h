#pragma once
// What a method is told and when, on disk, for methods made elsewhere: plain HDF5 like log.h5, written for
// one method of ours and one log. The log has the features of every row; `netcvr score` takes the
// predictions.
//
//   /stream/<stage>/      the copies that train in the stream, in order of delivery; equal times in order of
//   row
//       segment  int32    in which the copy is delivered
//       row      int64    of the log
//       time     int64    of delivery, s since the log's time_origin
//       label    int8     1 = the event has been seen
//       part     int8     which of the rule's kinds of copy (head, age); 0 if it has one
//       role     int8     protocol.h, Role: the copy beside earlier ones of its row, never beside later ones
//       elapsed  int64    time − start of the stage, s
//       delay    int64    event − start of the stage, s, where the label is 1; −1 otherwise
//   /pretrain/<stage>/    clicks of the pretrain period that enter the stage, final before the stream starts
//       row, label, start start of the stage, s since time_origin
//       frozen/<head>/    row, label: answers to the question of each frozen head of the method; part where
//                         it is asked at several ages
//   /predict/             every click that is scored, by time
//       segment, row, time   predict those of segment k with the model before it trains on the copies of k
//
// <stage> is conversion (click → conversion) and refund (conversion → refund), or net (click → kept
// conversion). The root says method, its mathematics, privileged (1: labels nobody has yet), windows and
// protocol as the log says them, the log's digest. Nothing depends on when or where the file was written.

#include <string>

#include "estimators/method.h"
#include "sim/log_file.h"

namespace netcvr {

inline constexpr int stream_format_version = 1;

struct StreamSummary {
    std::size_t copies = 0, pretrain = 0;  // of all stages together
    std::size_t clicks = 0, segments = 0;  // to predict
};

/// Appears whole or not at all. Throws InputError: exists if `path` exists and !force; scenario for a
/// protocol that leaves nothing to pretrain on or no stream.
StreamSummary write_stream(const std::string& path, const LogFile& log, const Method& method, bool force);

}  // namespace netcvr
