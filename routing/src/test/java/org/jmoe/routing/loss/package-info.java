/** Balance losses: published numbers and the properties that their systems assert. */
@NullMarked
package org.jmoe.routing.loss;

import org.jspecify.annotations.NullMarked;
