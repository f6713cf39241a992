#include "estimators/training.h"

namespace netcvr {

const std::vector<Field>& training_fields() {
    static const std::vector<Field> fields = {
        {.name = "training.network",
         .kind = Kind::text,
         .slot = slot_of<&Training::network>,
         .unit = "",
         .help = "mlp: an embedding per field and hidden layers; logistic: a number per value of each field, "
                 "summed to the logit; cells: one logit per combination of --fields.",
         .choices = {"mlp", "logistic", "cells"}},
        {.name = "training.embedding",
         .kind = Kind::integer,
         .slot = slot_of<&Training::embedding>,
         .low = 1,
         .high = 256,
         .unit = "dimensions",
         .help = "Length of the embedding of each field (mlp)."},
        {.name = "training.hidden",
         .kind = Kind::integers,
         .slot = slot_of<&Training::hidden>,
         .low = 1,
         .high = 8192,
         .unit = "units",
         .help = "Sizes of the hidden layers, first to last (mlp)."},
        {.name = "training.batch_norm",
         .kind = Kind::text,
         .slot = slot_of<&Training::batch_norm>,
         .unit = "",
         .help = "Normalise each unit of the hidden layers by the batch while training, by running means and "
                 "variances while predicting (mlp).",
         .choices = {"off", "on"}},
        {.name = "training.batch",
         .kind = Kind::integer,
         .slot = slot_of<&Training::batch>,
         .low = 1,
         .high = 1e6,
         .unit = "copies",
         .help = "Copies per step of the optimiser; the last batch of a segment may be smaller."},
        {.name = "training.refund_batch",
         .kind = Kind::integer,
         .slot = slot_of<&Training::refund_batch>,
         .low = 0,
         .high = 1e6,
         .unit = "copies",
         .help =
             "The same of networks for refunds alone, their frozen heads too; 0 = training.batch. Where one "
             "click in fifteen converts, a fifteenth of it gives them as many steps as conversions have."},
        {.name = "training.learning_rate",
         .kind = Kind::number,
         .slot = slot_of<&Training::learning_rate>,
         .low = 1e-8,
         .high = 1,
         .unit = "1",
         .help = "Step size of Adam."},
        {.name = "training.candidate_rates",
         .kind = Kind::numbers,
         .slot = slot_of<&Training::candidate_rates>,
         .low = 1e-8,
         .high = 1,
         .unit = "1",
         .help =
             "Step sizes that every method tries in a stream at the end of the pretrain period, whose labels "
             "are final when the stream starts; it keeps the one with the least log loss. [] = "
             "training.learning_rate."},
        {.name = "training.validation",
         .kind = Kind::duration,
         .slot = slot_of<&Training::validation>,
         .low = 1,
         .high = 365.0 * 86400,
         .unit = "",
         .help =
             "Length of that stream; before it lie a gap and what is left of the pretrain period. Should be "
             "longer than windows.conversion_attribution: else it ends before copies come that are sent days "
             "after their click, and recommends steps that are too large for them."},
        {.name = "training.pretrain_passes",
         .kind = Kind::integer,
         .slot = slot_of<&Training::pretrain_passes>,
         .low = 1,
         .high = 1000,
         .unit = "passes",
         .help = "Times the pretrain period is read, in time order, before the stream starts."},
        {.name = "training.seed",
         .kind = Kind::integer,
         .slot = slot_of<&Training::seed>,
         .low = 0,
         .high = 9007199254740992.0,  // 2^53: beyond it a double does not count by ones
         .unit = "1",
         .help = "Seed of the networks' initial weights; the data have their own."},
        {.name = "training.frozen",
         .kind = Kind::text,
         .slot = slot_of<&Training::frozen>,
         .unit = "",
         .help = "Frozen heads: fitted once, on the pretrain period; daily: each day of the stream also on "
                 "what became final; trajectories: ratios of one fitted softmax over the seven trajectories; "
                 "exact: the truth of each click (logs of `simulate --truth full`).",
         .choices = {"fitted", "daily", "trajectories", "exact"}},
        {.name = "training.trainable",
         .kind = Kind::text,
         .slot = slot_of<&Training::trainable>,
         .unit = "",
         .help = "What the stream trains: all; head: the last layer alone; layers: all but the embeddings; "
                 "embeddings: these alone. The rest stays as pretrained.",
         .choices = {"all", "head", "layers", "embeddings"}},
        {.name = "training.proximal",
         .kind = Kind::number,
         .slot = slot_of<&Training::proximal>,
         .low = 0,
         .high = 1e9,
         .unit = "1",
         .help = "Pull of the weights to those before the segment: the penalty is half of it times their "
                 "squared distance."},
        {.name = "training.distillation",
         .kind = Kind::number,
         .slot = slot_of<&Training::distillation>,
         .low = 0,
         .high = 1e6,
         .unit = "1",
         .help =
             "Weight in the stream's loss of the divergence of predictions from those of the model before "
             "the segment. The first step of a segment is still that model and feels nothing: where all "
             "copies of a segment fit in one batch it does nothing (see training.batch, "
             "training.refund_batch)."},
        {.name = "training.strata",
         .kind = Kind::text,
         .slot = slot_of<&Training::strata>,
         .unit = "",
         .help = "Features, separated by commas, whose combinations are the strata of `:shrinkage` and of "
                 "methods that count; \"\" = the "
                 "feature with the most categories among those with at most 256 (cascade: category)."},
    };
    return fields;
}

}  // namespace netcvr
