#include "estimators/frozen.h"

namespace netcvr::frozen {
namespace {

Answer yes_if(bool condition) {
    return condition ? Answer::yes : Answer::no;
}

}  // namespace

Answer is_late(const Stage& stage, std::size_t click) {
    return stage.entered(click) ? yes_if(stage.late(click)) : Answer::skip;
}

Answer is_real_negative(const Stage& stage, std::size_t click) {
    const bool asked = stage.entered(click) && !stage.early(click);
    return asked ? yes_if(!stage.happens(click)) : Answer::skip;
}

Answer is_late_given_event(const Stage& stage, std::size_t click) {
    return stage.happens(click) ? yes_if(stage.late(click)) : Answer::skip;
}

}  // namespace netcvr::frozen
