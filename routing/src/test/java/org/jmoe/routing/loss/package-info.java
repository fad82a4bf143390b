/** Balance losses: published values, and properties asserted by the original systems. */
@NullMarked
package org.jmoe.routing.loss;

import org.jspecify.annotations.NullMarked;
