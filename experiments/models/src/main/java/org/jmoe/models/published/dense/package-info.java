/** Published dense decoders: seeds of upcycling, teachers and baselines. */
@NullMarked
package org.jmoe.models.published.dense;

import org.jspecify.annotations.NullMarked;
