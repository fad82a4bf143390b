/** What a model's routers do with real tokens, counted batch by batch and kept as host numbers. */
@NullMarked
package org.jmoe.analysis;

import org.jspecify.annotations.NullMarked;
