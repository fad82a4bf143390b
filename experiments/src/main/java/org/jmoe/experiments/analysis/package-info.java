/** What a model's routers do with real tokens, counted batch by batch and kept as host numbers. */
@NullMarked
package org.jmoe.experiments.analysis;

import org.jspecify.annotations.NullMarked;
