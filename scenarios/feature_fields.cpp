#include "scenarios/scenario_file.h"

namespace netcvr {

const std::vector<Field>& feature_fields() {
    static const std::vector<Field> all = {
        {.name = "name",
         .kind = Kind::text,
         .slot = slot_of<&Feature::name>,
         .unit = "",
         .help = "Name of the column."},
        {.name = "source",
         .kind = Kind::text,
         .slot = slot_of<&Feature::source>,
         .unit = "",
         .help = "What it is a view of: user.id, item.category, context.hour, …"},
        {.name = "cardinality",
         .kind = Kind::integer,
         .slot = slot_of<&Feature::cardinality>,
         .low = 1,
         .high = 1 << 30,
         .unit = "categories",
         .help = "Values are 0 … cardinality − 1."},
        {.name = "fidelity",
         .kind = Kind::number,
         .slot = slot_of<&Feature::fidelity>,
         .low = 0,
         .high = 1,
         .unit = "1",
         .help = "Squared correlation with what it shows; of an id, the share shown unchanged."},
        {.name = "missing",
         .kind = Kind::number,
         .slot = slot_of<&Feature::missing>,
         .low = 0,
         .high = 1,
         .unit = "per click",
         .help = "Share of clicks that show −1 instead."},
    };
    return all;
}

}  // namespace netcvr
